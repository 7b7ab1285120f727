/** The page's own version, for whoever has to know which page did something. */
export { version as pageVersion } from '../../../package.json';
